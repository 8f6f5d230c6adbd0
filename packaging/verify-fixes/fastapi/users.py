import os

from fastapi import APIRouter
from psycopg_pool import ConnectionPool

router = APIRouter()


@router.get("/users/{user_id}")
def user(user_id: int):
    pool = ConnectionPool(os.environ["DATABASE_URL"])
    with pool.connection() as connection:
        row = connection.execute("select %s::int, pg_sleep(0.02)", [user_id]).fetchone()
    return {"id": row[0]}
