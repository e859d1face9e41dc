import { Search, X } from 'lucide-react';
import { type ComponentProps, useRef } from 'react';
import { cx } from './cx';
import { inputBox } from './Field';

type SearchInputProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'type' | 'size'> & {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** `/` on the page puts the focus here. One a page. */
  isPageSearch?: boolean;
};

export function SearchInput({
  label,
  value,
  onChange,
  isPageSearch,
  className,
  placeholder,
  ...rest
}: SearchInputProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <span className={cx('relative block min-w-0', className)}>
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute left-2.5 top-1/2 size-3.5 -translate-y-1/2 text-ink-3"
      />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (value) onChange('');
          else input.current?.blur();
        }}
        data-page-search={isPageSearch || undefined}
        autoComplete="off"
        spellCheck={false}
        className={cx(inputBox, 'h-8 pl-8 coarse:h-11 [&::-webkit-search-cancel-button]:hidden', value && 'pr-8')}
        {...rest}
      />
      {value && (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
          className="absolute right-1 top-1/2 flex size-6 -translate-y-1/2 items-center justify-center rounded text-ink-3 hover:text-ink"
        >
          <X className="size-3.5" />
        </button>
      )}
    </span>
  );
}
