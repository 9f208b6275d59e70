// Nest 12: the same classes as providers of one module.
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { serviceClasses } from '../services.mjs';

export function prepare(graph, bindOrder, hooks) {
  const classes = serviceClasses(graph, hooks(['onModuleInit', 'onModuleDestroy']), Injectable());
  return () => {
    class App {}
    Module({ providers: bindOrder.map((node) => classes[node]) })(App);
    let app;
    return {
      async start() {
        app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
      },
      stop: () => app.close(),
    };
  };
}
