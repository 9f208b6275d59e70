import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { addCommands } from './commands.ts';
import { checkToken } from './http-settings.ts';
import { addMetrics } from './metrics-route.ts';
import { addProbes } from './probes.ts';
import { addViews } from './views.ts';

/** What of the port an application has on a server of its own, besides the probes. */
export interface HealthPluginOptions {
  /** `/metrics`, in a registry of their own. It needs the optional package prom-client. Default false. */
  readonly metrics?: boolean;
  /** `/services`, `/tasks` and `/graph.svg`, `.mmd` and `.json`, which tell a lot about the application. Default false. */
  readonly views?: boolean;
  /** What has to be shown by who wants to change something; without one, there are no such routes. At least 16 characters. */
  readonly token?: string;
}

/**
 * A plugin of Fastify with `/live`, `/ready` and `/startup`, for an application that has a server: `app.register(healthPlugin(
 * container.lifecycle), { prefix: '/internal' })`. It answers as the Worker's port does.
 *
 * @throws OptionError
 */
export function healthPlugin(
  lifecycle: Lifecycle,
  options: HealthPluginOptions = {},
): (server: FastifyInstance) => Promise<void> {
  checkNames(options, ['metrics', 'views', 'token'], 'healthPlugin()');
  const { metrics = false, views = false, token } = options;
  checkOption(typeof metrics === 'boolean', 'metrics', 'true or false', metrics);
  checkOption(typeof views === 'boolean', 'views', 'true or false', views);
  if (token !== undefined) checkToken(token, 'token');
  return async (server) => {
    addProbes(server, lifecycle);
    if (views) addViews(server, lifecycle);
    if (token !== undefined) addCommands(server, lifecycle, token);
    if (metrics) await addMetrics(server, lifecycle);
  };
}
