import express from "express";
import { users } from "./users.js";
import { visits } from "./visits.js";

const app = express();

app.get("/users/:id", users);
app.get("/visits/:page", visits);

app.listen(Number(process.env.PORT), () => console.log("listening"));
