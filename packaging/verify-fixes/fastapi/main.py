from fastapi import FastAPI

from users import router as users
from visits import router as visits

app = FastAPI()
app.include_router(users)
app.include_router(visits)
