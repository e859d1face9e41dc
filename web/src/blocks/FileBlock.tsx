import { Download, FileText } from 'lucide-react';
import { Button } from '@/ui/Button';
import { CopyButton } from '@/ui/CopyButton';
import { Code } from './Code';
import { download } from './download';
import { Frame } from './Frame';
import { bytes } from './format';
import type { BlockOf } from './kinds';
import { Shown } from './Shown';

const LANGUAGES: Record<string, string> = {
  'application/json': 'json',
  'application/sql': 'sql',
  'application/toml': 'toml',
  'application/x-sh': 'bash',
  'application/yaml': 'yaml',
  'text/html': 'html',
  'text/x-sql': 'sql',
  'text/yaml': 'yaml',
};

/** A file: a look into it as text, and its download. Nothing in it is ever run here. */
export function FileBlock({ block }: { block: BlockOf<'file'> }) {
  const { name, media_type: type, text, origin } = block;
  const language = LANGUAGES[type] ?? /\.(json|sql|ya?ml|toml|sh|py|rs|ts|js|ini|conf|diff)$/.exec(name)?.[1];
  return (
    <Frame origin={origin}>
      <div className="flex min-h-9 items-center gap-2">
        <FileText aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
        <span className="min-w-0 truncate font-mono text-xs">
          <Shown text={name} />
        </span>
        <span className="num shrink-0 text-xs text-ink-3">{bytes(new Blob([text]).size)}</span>
        <span className="flex-1" />
        <CopyButton text={text} label="Copy the content" size="xs" />
        <Button size="sm" icon={<Download />} onClick={() => download(name, text)}>
          Download
        </Button>
      </div>
      <details className="mt-1 text-sm">
        <summary className="w-max rounded text-xs text-ink-2 hover:text-ink">Look into it</summary>
        <Code code={text} language={language} label={`Content of ${name}`} className="mt-1.5" />
      </details>
    </Frame>
  );
}
