import type { Request, Response } from "express";
import { MongoClient } from "mongodb";

export async function carts(request: Request, response: Response) {
  const shopClient = new MongoClient(process.env.SHOP_URI ?? "mongodb://localhost:27019");
  response.json(await shopClient.db("shop").collection("carts").findOne({ owner: request.params.id }));
}
