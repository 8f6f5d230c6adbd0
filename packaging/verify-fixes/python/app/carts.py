import os
from typing import Any

import redis
from fastapi import APIRouter

router = APIRouter()


@router.get("/carts/{owner}")
def carts(owner: int) -> dict[str, Any]:
    shop_cache = redis.Redis.from_url(os.environ["SHOP_CACHE_URL"], decode_responses=True)
    return {"items": shop_cache.get(f"carts:{owner}")}
