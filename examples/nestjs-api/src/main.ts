// NestJS on Express. The same source is built twice: as CommonJS and as an ES module.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  await app.listen(Number(process.env.PORT ?? 3000));
}

void main();
