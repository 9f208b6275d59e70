// Simulated lives of a graph of services with asynchronous hooks: `simulate.mjs <services> <lives>`.
import { ServiceContainer } from '../../dist/container/index.js';
import { simulate } from '../../dist/container/testing/index.js';
import { random, randomDag, shuffled } from '../dag.mjs';
import { tell, timed } from '../measure.mjs';
import { idleHooks, serviceClasses } from '../services.mjs';

const [size, wanted] = process.argv.slice(2).map(Number);
const next = random(1);
const graph = randomDag(size, next);
const classes = serviceClasses(graph, idleHooks('async'));
const order = shuffled(graph.keys(), next);
const make = () => new ServiceContainer().add(...order.map((node) => classes[node]));

const { value, wall, cpu } = await timed(() => simulate(make, { seeds: Math.ceil(wanted / 1.9) }));
const share = wanted / value.lives;
tell({ wall: wall * share, cpu: cpu * share, lives: value.lives, faults: value.faults / value.lives });
