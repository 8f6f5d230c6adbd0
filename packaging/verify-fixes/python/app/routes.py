import os
from typing import Any

import psycopg2
import redis
from fastapi import APIRouter
from psycopg_pool import ConnectionPool

router = APIRouter()


def get_cache() -> redis.Redis:
    url = os.environ.get("REDIS_URL", "redis://localhost:6379")
    return redis.Redis.from_url(url)


@router.get("/users/{user_id}")
def user(user_id: int) -> dict[str, Any]:
    pool = ConnectionPool(os.environ["DATABASE_URL"])
    with pool.connection() as connection:
        row = connection.execute("select 1").fetchone()
    return {"row": row}


@router.get("/visits/{page}")
def visits(page: str) -> dict[str, Any]:
    return {"count": get_cache().incr(page)}


@router.get("/reports/{name}")
def report(name: str) -> dict[str, Any]:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    cursor = connection.cursor()
    cursor.execute(
        """
        select *
        from reports
        where name = %s
        """,
        [name],
    )
    rows = cursor.fetchall()
    if not rows:
        return {"rows": []}
    connection.close()
    return {"rows": rows}
