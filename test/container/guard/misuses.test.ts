import { describe, expect, it } from 'vitest';
import { GuardError } from '../../../container/index.ts';
import { MISUSES } from './misuses.ts';

describe('the guard catches it when', () => {
  it.each(MISUSES)('$pattern', async ({ commit, says, cure }) => {
    const error = (await commit()) as GuardError;
    expect(error).toBeInstanceOf(GuardError);
    expect(error.message.startsWith(says), error.message).toBe(true);
    expect(error.message).toContain(cure);
    expect(error.code).toBe('LIFECYCLE_GUARD');
  });
});
