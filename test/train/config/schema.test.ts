import { describe, expect, it } from 'vitest';
import { rules } from '../../../src/rules/registry.js';
import { defaults, runConfigJsonSchema } from '../../../train/config/schema.js';

describe('runConfigJsonSchema', () => {
  it('describes every field and allows no other', () => {
    const schema = runConfigJsonSchema() as {
      properties: Record<string, { properties?: object }>;
      additionalProperties: boolean;
    };
    expect(schema.additionalProperties).toBe(false);
    const { plugIns, from, ...others } = schema.properties;
    expect([plugIns, from]).not.toContain(undefined);
    expect(Object.keys(others)).toEqual(Object.keys(defaults));
    expect(schema.properties.model).toMatchObject({
      properties: { rule: { enum: Object.keys(rules).sort() } },
    });
    expect(Object.keys(schema.properties.train!.properties!)).toEqual(Object.keys(defaults.train));
    expect(JSON.stringify(schema)).toContain('decoupled decay of matrices');
  });
});
