import pg from "pg";

export async function users(request, response) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
  const { rows } = await pool.query("select $1::int as id, pg_sleep(0.02)", [request.params.id]);
  response.json(rows[0]);
}
