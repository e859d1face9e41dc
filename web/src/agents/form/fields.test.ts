import { describe, expect, it } from 'vitest';
import { bodyOf, errorsByField, fieldsOf, valuesOf } from './fields';

const schema = {
  type: 'object',
  required: ['database'],
  properties: {
    host: { type: 'string', title: 'Host', default: '127.0.0.1' },
    port: { type: 'integer', minimum: 1, maximum: 65535, default: 5432 },
    database: { type: 'string' },
    mode: { oneOf: [{ const: 'disable' }, { const: 'prefer' }], default: 'prefer' },
    password: { type: 'string', writeOnly: true },
    paths: { type: 'array', items: { type: 'string' }, default: ['/var/log'] },
    analyze: { type: 'boolean', default: false },
    contains: { type: ['string', 'null'], default: null },
    sql: { type: 'string', 'x-slot': 'sql' },
    options: { type: 'object' },
  },
};
const fields = fieldsOf(schema);
const kinds = Object.fromEntries(fields.map((field) => [field.name, field.kind]));

describe('a form out of a schema', () => {
  it('finds a control for each property', () => {
    expect(kinds).toEqual({
      host: 'text',
      port: 'number',
      database: 'text',
      mode: 'choice',
      password: 'secret',
      paths: 'list',
      analyze: 'switch',
      contains: 'text',
      sql: 'long',
      options: 'json',
    });
    expect(fields.find((field) => field.name === 'database')).toMatchObject({ title: 'Database', isRequired: true });
  });

  it('begins with what is set, then with the defaults, and never shows a secret', () => {
    const values = valuesOf(fields, { host: 'db1', password: 'never', paths: ['/a', '/b'] });
    expect(values).toMatchObject({
      host: 'db1',
      port: '5432',
      password: '',
      paths: '/a\n/b',
      analyze: false,
      mode: 'prefer',
    });
  });

  it('sends typed values and leaves out what is empty', () => {
    const { body, errors } = bodyOf(fields, {
      ...valuesOf(fields),
      database: 'shop',
      port: '6000',
      options: '{"a":1}',
    });
    expect(errors).toEqual({});
    expect(body).toEqual({
      host: '127.0.0.1',
      port: 6000,
      database: 'shop',
      mode: 'prefer',
      paths: ['/var/log'],
      analyze: false,
      options: { a: 1 },
    });
  });

  it('says what is wrong before anything is sent', () => {
    const wrong = { ...valuesOf(fields), port: '70000', options: '{' };
    expect(bodyOf(fields, wrong).errors).toEqual({
      port: 'At most 65535.',
      database: 'This is needed.',
      options: 'This is no JSON.',
    });
    expect(bodyOf(fields, { ...wrong, port: '1.5' }).errors.port).toBe('A whole number is needed.');
    expect(bodyOf(fields, { ...wrong, port: 'x' }).errors.port).toBe('This is no number.');
  });

  it('puts errors of the server at their field', () => {
    const errors = [
      { pointer: '/settings/port', message: 'too large' },
      { pointer: '/name', message: 'taken' },
      { message: 'elsewhere' },
    ];
    expect(errorsByField(errors, '/settings')).toEqual({ port: 'too large' });
    expect(errorsByField(errors, '')).toEqual({ settings: 'too large', name: 'taken' });
  });
});
