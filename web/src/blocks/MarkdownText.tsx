import type { Element, ElementContent, Root } from 'hast';
import { memo, useMemo, useState } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { Code, CodeText } from './Code';
import { cutText } from './cut';
import { hasHidden, revealed } from './hidden';
import { safeLink, saysWhere } from './links';
import { PlainText, ShowAll } from './PlainText';
import { sectionsOf } from './sections';
import './markdown.css';

/** Markdown beyond this is cut; beyond the second it is shown as plain text when asked for. */
const FIRST = 24_000;
const LONGEST = 120_000;

/** The renderer itself. Default export: a chunk of its own. */
export default function MarkdownText({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const first = useMemo(() => cutText(text, FIRST), [text]);
  const isPlain = isWhole && text.length > LONGEST;
  const shown = isWhole ? text : first.text;
  const sections = useMemo(() => (isPlain ? [] : sectionsOf(shown)), [shown, isPlain]);
  return (
    <div className="prose">
      {isPlain ? (
        <PlainText text={text} label="Text" />
      ) : (
        sections.map((section, index) => (
          <Section
            key={index}
            text={(isStreaming || first.isCut) && index === sections.length - 1 ? closed(section) : section}
          />
        ))
      )}
      {first.isCut && !isPlain && <ShowAll isWhole={isWhole} size={text.length} onChange={setWhole} />}
    </div>
  );
}

const closed = (text: string) => remend(text, { linkMode: 'text-only' });

const Section = memo(function Section({ text }: { text: string }) {
  return (
    <ReactMarkdown
      remarkPlugins={[remarkGfm]}
      rehypePlugins={hasHidden(text) ? [revealHidden] : []}
      urlTransform={(address) => address}
      components={COMPONENTS}
    >
      {text}
    </ReactMarkdown>
  );
});

/** Words of a hast node, without its marks. */
const wordsOf = (node: Element | ElementContent): string => {
  if (node.type === 'text') return node.value;
  return 'children' in node ? node.children.map(wordsOf).join('') : '';
};

const COMPONENTS: Components = {
  // The page has its own headings; those of a text begin below them.
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
  a: ({ href, children, node }) => {
    const link = safeLink(href);
    if (!link) {
      return (
        <span className="dead-link" title="This link leads nowhere that may be opened from here">
          {children}
          {href && !href.startsWith('#') && <span className="leads-to"> ({href})</span>}
        </span>
      );
    }
    return (
      <>
        <a href={link.href} target="_blank" rel="noreferrer noopener" title={link.href}>
          {children}
        </a>
        {!(node && saysWhere(wordsOf(node), link)) && <span className="leads-to"> ({link.leadsTo})</span>}
      </>
    );
  },
  // Loading a picture would tell its host who reads what.
  img: ({ alt, src }) => (
    <span className="dead-link" title="Pictures are not loaded">
      [picture{alt ? `: ${alt}` : ''}]
      {typeof src === 'string' && src && <span className="leads-to"> ({src.slice(0, 200)})</span>}
    </span>
  ),
  pre: ({ node }) => {
    const code = node?.children.find((child): child is Element => child.type === 'element' && child.tagName === 'code');
    const names = code?.properties.className;
    const language = Array.isArray(names)
      ? names
          .map(String)
          .find((name) => name.startsWith('language-'))
          ?.slice(9)
      : undefined;
    return <Code code={(code ? wordsOf(code) : '').replace(/\n$/, '')} language={language} hasHead className="my-3" />;
  },
  code: ({ node, children }) => (node ? <CodeText text={wordsOf(node)} /> : <code>{children}</code>),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section className="prose-table focus-inset" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </section>
  ),
  input: ({ checked }) => (
    <input type="checkbox" checked={Boolean(checked)} disabled readOnly aria-label={checked ? 'done' : 'not done'} />
  ),
};

/** Puts the marks of hidden characters into text; code shows its own. */
function revealHidden() {
  const walk = (node: Root | Element) => {
    node.children = (node.children as ElementContent[]).flatMap((child): ElementContent[] => {
      if (child.type === 'element') {
        if (child.tagName !== 'code' && child.tagName !== 'pre') walk(child);
        return [child];
      }
      if (child.type !== 'text' || !hasHidden(child.value)) return [child];
      return revealed(child.value).map((piece): ElementContent => {
        if (typeof piece === 'string') return { type: 'text', value: piece };
        const properties = { className: ['hidden-mark'], title: piece.name };
        return { type: 'element', tagName: 'span', properties, children: [{ type: 'text', value: piece.mark }] };
      });
    });
  };
  return walk;
}
