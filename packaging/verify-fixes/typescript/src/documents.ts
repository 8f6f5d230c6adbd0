import type { Request, Response } from "express";
import { MongoClient } from "mongodb";

function createClient() {
  const uri = process.env.DOCUMENTS_URI ?? "mongodb://localhost:27018";
  return new MongoClient(uri);
}

export async function documents(request: Request, response: Response) {
  const found = await createClient().db("docs").collection("documents").findOne({ id: request.params.id });
  response.json(found);
}
