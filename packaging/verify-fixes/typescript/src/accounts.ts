import type { Request, Response } from "express";
import { MongoClient } from "mongodb";

export async function accounts(request: Request, response: Response) {
  const client = new MongoClient(process.env.MONGODB_URI ?? "mongodb://localhost:27017");
  try {
    const account = await client.db("shop").collection("accounts").findOne({ id: request.params.id });
    response.json(account);
  } finally {
    await client.close();
  }
}
