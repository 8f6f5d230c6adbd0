from fastapi import FastAPI

from app import carts, wishes
from app.routes import router

app = FastAPI()
app.include_router(router)
app.include_router(carts.router)
app.include_router(wishes.router)
