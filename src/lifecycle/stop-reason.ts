/** Why services stop; hooks see it as `reason`. */
export type StopReason =
  /** `stopAll` or `requestStop` was called; `detail` is what it was given. */
  | { readonly kind: 'requested'; readonly detail: unknown }
  /** The signal given to `startAll` aborted during the start; `detail` is its reason. */
  | { readonly kind: 'signal'; readonly detail: unknown }
  | { readonly kind: 'start failed'; readonly error: Error }
  | { readonly kind: 'crash'; readonly service: string; readonly error: Error }
  | { readonly kind: 'restart'; readonly service: string }
  /** A significant service has done its work. */
  | { readonly kind: 'ended'; readonly service: string }
  /** The service that had adopted it lets it go. */
  | { readonly kind: 'released'; readonly service: string }
  /** Its binding is going. */
  | { readonly kind: 'unbound' };

/** The reason in words, to follow "because of"; empty where there is nothing to say. */
export function reasonText(reason: StopReason): string {
  switch (reason.kind) {
    case 'requested':
    case 'signal':
      return detailText(reason.detail);
    case 'start failed':
      return reason.error.message;
    case 'crash':
      return `${reason.service} crashed: ${reason.error.message}`;
    case 'restart':
      return `restart of ${reason.service}`;
    case 'ended':
      return `${reason.service} has done its work`;
    case 'released':
      return `${reason.service} has released it`;
    case 'unbound':
      return 'its binding was taken away';
  }
}

function detailText(detail: unknown): string {
  if (detail instanceof Error) return detail.message;
  return typeof detail === 'string' ? detail : '';
}
