import os

import redis
from fastapi import APIRouter

router = APIRouter()


@router.get("/visits/{page}")
def visits(page: str):
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    return {"count": client.incr(f"visits:{page}")}
