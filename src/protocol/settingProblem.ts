/** What is wrong with one setting, in words. Those of the schema library are about types and lengths of text. */
import type * as z from 'zod';

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
};

/** Follows the name of the setting: "it must be at least 1". */
export function settingProblem(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'it is missing';
      return `it must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      if (issue.origin === 'string') return 'it must not be empty';
      if (issue.origin === 'array') return `it needs at least ${entries(issue.minimum)}`;
      return `it must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `it may have at most ${entries(issue.maximum)}`;
      return `it must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_value':
      return `it must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    default:
      return issue.message;
  }
}

const entries = (count: number | bigint): string => (Number(count) === 1 ? '1 entry' : `${count} entries`);
