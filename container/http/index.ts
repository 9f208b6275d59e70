/** Probes and metrics for applications with a server of their own: `import { healthPlugin } from 'inversify-lifecycle/http'`. */
export { type HealthPluginOptions, healthPlugin } from '../../src/http/health-plugin.ts';
export { type LifecycleMetrics, type LifecycleMetricsOptions, lifecycleMetrics } from '../../src/http/metrics.ts';
