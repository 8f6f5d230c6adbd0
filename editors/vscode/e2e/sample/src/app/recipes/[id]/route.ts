import { openDatabase } from '../../../lib/database';

export async function GET(_request: Request, { params }: { params: { id: string } }) {
  const database = await openDatabase();
  return Response.json(await database.collection('recipes').findOne({ slug: params.id }));
}
