import { MongoClient, type Db } from 'mongodb';

export async function openDatabase(): Promise<Db> {
  const client = new MongoClient(process.env.MONGODB_URI!, { maxPoolSize: 10 });
  await client.connect();
  return client.db();
}
