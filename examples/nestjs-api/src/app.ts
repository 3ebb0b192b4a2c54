import cluster from 'node:cluster';
import { Controller, Get, Injectable, Module } from '@nestjs/common';

@Injectable()
class Self {
  describe() {
    return { pid: process.pid, worker: cluster.worker?.id ?? null };
  }
}

@Controller()
class AppController {
  constructor(private readonly self: Self) {}

  @Get()
  index() {
    return this.self.describe();
  }
}

@Module({ controllers: [AppController], providers: [Self] })
export class AppModule {}
