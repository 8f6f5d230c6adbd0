import { Redis } from "ioredis";

export class AuditLog {
  private redis: Redis;

  constructor() {
    this.redis = new Redis(process.env.REDIS_URL ?? "redis://localhost:6379");
  }

  async write(text: string) {
    await this.redis.rpush("audit", text);
  }
}
