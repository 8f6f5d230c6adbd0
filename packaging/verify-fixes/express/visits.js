import { Redis } from "ioredis";

export async function visits(request, response) {
  const redis = new Redis(process.env.REDIS_URL);
  const count = await redis.incr(`visits:${request.params.page}`);
  response.json({ count });
}
