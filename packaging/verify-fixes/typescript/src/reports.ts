import type { Request, Response } from "express";

import { pool } from "./database.js";

export async function reports(_request: Request, response: Response) {
  const connection = await pool.connect();
  const { rows } = await connection.query(`
    select *
    from reports
  `);
  if (rows.length === 0) {
    response.sendStatus(404);
    return;
  }
  connection.release();
  response.json(rows);
}
