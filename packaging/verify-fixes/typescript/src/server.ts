import express from "express";

import { orders } from "./orders.js";
import { accounts } from "./accounts.js";
import { reports } from "./reports.js";
import { AuditLog } from "./audit.js";
import { documents } from "./documents.js";
import { carts } from "./carts.js";
import { wishes } from "./wishes.js";

const app = express();

app.get("/orders/:id", orders);
app.get("/accounts/:id", accounts);
app.get("/reports", reports);
app.get("/documents/:id", documents);
app.get("/carts/:id", carts);
app.get("/wishes/:id", wishes);
app.post("/audit", async (request, response) => {
  const log = new AuditLog();
  await log.write(String(request.query.text));
  response.sendStatus(204);
});

app.listen(3000);
