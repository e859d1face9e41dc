import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';
import { Kbd } from './Kbd';
import { Spinner } from './Spinner';

export const buttonLook = cva(
  'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors duration-100 disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-50',
  {
    variants: {
      variant: {
        primary: 'border-transparent bg-accent text-accent-ink hover:bg-accent-hover',
        secondary: 'border-line-strong bg-canvas text-ink hover:bg-hover',
        ghost: 'border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink',
        danger: 'border-transparent bg-danger text-accent-ink hover:bg-danger-hover',
        'danger-quiet': 'border-line-strong bg-canvas text-danger-text hover:bg-danger-soft',
      },
      size: {
        xs: 'h-6 px-1.5 text-xs',
        sm: 'h-7 px-2 text-sm',
        md: 'h-8 px-3 text-sm coarse:h-11',
        lg: 'h-10 px-4 text-base coarse:h-11',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
);

export type ButtonProps = Omit<ComponentProps<'button'>, 'type'> &
  VariantProps<typeof buttonLook> & {
    type?: 'button' | 'submit' | 'reset';
    /** A lucide icon element, drawn before the text. */
    icon?: ReactNode;
    /** Shows a spinner and takes no clicks. */
    isBusy?: boolean | undefined;
    /** Key hint after the text, such as `mod+enter`. It does not bind the key: use an action for that. */
    shortcut?: string | undefined;
  };

export function Button({
  variant,
  size,
  icon,
  isBusy = false,
  shortcut,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(buttonLook({ variant, size }), className)}
      disabled={disabled || isBusy}
      aria-busy={isBusy || undefined}
      {...rest}
    >
      {isBusy ? <Spinner className="size-3.5" /> : icon && <span className="[&>svg]:size-4">{icon}</span>}
      {children}
      {shortcut && <Kbd keys={shortcut} className="ml-1 max-sm:hidden" />}
    </button>
  );
}
