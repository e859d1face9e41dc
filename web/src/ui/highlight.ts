import { createHighlighterCore, type HighlighterCore, type ThemedToken } from '@shikijs/core';
import { createJavaScriptRegexEngine } from '@shikijs/engine-javascript';

export type Line = ThemedToken[];

// Only what operations text is written in; each language is fetched when it is first shown.
const LANGUAGES: Record<string, () => Promise<unknown>> = {
  bash: () => import('@shikijs/langs/bash'),
  css: () => import('@shikijs/langs/css'),
  diff: () => import('@shikijs/langs/diff'),
  dockerfile: () => import('@shikijs/langs/dockerfile'),
  go: () => import('@shikijs/langs/go'),
  html: () => import('@shikijs/langs/html'),
  ini: () => import('@shikijs/langs/ini'),
  javascript: () => import('@shikijs/langs/javascript'),
  json: () => import('@shikijs/langs/json'),
  markdown: () => import('@shikijs/langs/markdown'),
  nginx: () => import('@shikijs/langs/nginx'),
  python: () => import('@shikijs/langs/python'),
  rust: () => import('@shikijs/langs/rust'),
  sql: () => import('@shikijs/langs/sql'),
  toml: () => import('@shikijs/langs/toml'),
  typescript: () => import('@shikijs/langs/typescript'),
  xml: () => import('@shikijs/langs/xml'),
  yaml: () => import('@shikijs/langs/yaml'),
};
const ALIASES: Record<string, string> = {
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  console: 'bash',
  js: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  tsx: 'typescript',
  py: 'python',
  rs: 'rust',
  yml: 'yaml',
  docker: 'dockerfile',
  md: 'markdown',
  conf: 'ini',
  env: 'ini',
  postgresql: 'sql',
  psql: 'sql',
  mysql: 'sql',
  jsonc: 'json',
};

let highlighter: Promise<HighlighterCore> | undefined;

/** The lines of `code` as coloured tokens, or null for a language that is not known. */
export async function highlight(code: string, language: string): Promise<Line[] | null> {
  const name = ALIASES[language] ?? language;
  const load = LANGUAGES[name];
  if (!load) return null;
  highlighter ??= createHighlighterCore({
    engine: createJavaScriptRegexEngine({ forgiving: true }),
    themes: [import('@shikijs/themes/github-light-default'), import('@shikijs/themes/github-dark-default')],
    langs: [],
  });
  const ready = await highlighter;
  if (!ready.getLoadedLanguages().includes(name)) {
    await ready.loadLanguage((await load()) as Parameters<HighlighterCore['loadLanguage']>[0]);
  }
  return ready.codeToTokens(code, {
    lang: name,
    themes: { light: 'github-light-default', dark: 'github-dark-default' },
    // Comments read at less than 4.5:1 on our ground otherwise.
    colorReplacements: { 'github-light-default': { '#6e7781': '#5f6873' } },
    defaultColor: false,
    cssVariablePrefix: '--code-',
  }).tokens;
}
