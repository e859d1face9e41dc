import { expect, test } from 'vitest';
import { toCsv, toMarkdown } from './copies';
import { fileName } from './download';

const columns = [{ name: 'name' }, { name: 'size', unit: 'bytes' }];

test('CSV holds raw values, quoted where needed', () => {
  expect(
    toCsv(columns, [
      ['a,b', 8192],
      ['say "x"\nnow', null],
      [['p', 2], true],
    ]),
  ).toBe('name,size\r\n"a,b",8192\r\n"say ""x""\nnow",\r\n"p, 2",true');
});

test('text that a spreadsheet would run as a formula stays text, numbers stay numbers', () => {
  expect(toCsv([{ name: '=x' }], [['=1+1'], ['@cmd'], ['-5'], [-5], ['+1 apples'], ['-- note']])).toBe(
    "'=x\r\n'=1+1\r\n'@cmd\r\n-5\r\n-5\r\n'+1 apples\r\n'-- note",
  );
});

test('a Markdown table survives pipes, line ends and HTML', () => {
  expect(toMarkdown(columns, [['a|b\n<b>', 1]])).toBe('| name | size |\n| --- | --- |\n| a\\|b &lt;b> | 1 |');
});

test('a file name has no folders and nothing hidden', () => {
  expect(fileName('../../evil\u202Egpj.html')).toBe('-..-evilgpj.html');
  expect(fileName('..')).toBe('file');
  expect(fileName('C:\\x?.csv')).toBe('C-x-.csv');
});
