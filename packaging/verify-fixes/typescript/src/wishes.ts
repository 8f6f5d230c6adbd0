import type { Request, Response } from "express";
import { MongoClient } from "mongodb";

export async function wishes(request: Request, response: Response) {
  const shopClient = new MongoClient(process.env.SHOP_URI ?? "mongodb://localhost:27019");
  response.json(await shopClient.db("shop").collection("wishes").findOne({ owner: request.params.id }));
}
