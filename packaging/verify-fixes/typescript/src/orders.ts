import type { Request, Response } from "express";
import { Pool } from "pg";

/** One order. */
export async function orders(request: Request, response: Response) {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
  const { rows } = await pool.query("select * from orders where id = $1", [request.params.id]);
  response.json(rows[0]);
}
