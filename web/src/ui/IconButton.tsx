import type { ReactNode } from 'react';
import { type ButtonProps, buttonLook } from './Button';
import { cx } from './cx';
import { Spinner } from './Spinner';
import { Tooltip } from './Tooltip';

const SIZES = { xs: 'size-6', sm: 'size-7', md: 'size-8 coarse:size-11', lg: 'size-10 coarse:size-11' };

export type IconButtonProps = Omit<ButtonProps, 'children' | 'icon'> & {
  /** What it does: the accessible name and the tooltip. */
  label: string;
  icon: ReactNode;
  side?: 'top' | 'bottom' | 'left' | 'right';
};

export function IconButton({
  label,
  icon,
  variant = 'ghost',
  size = 'md',
  isBusy = false,
  shortcut,
  side = 'top',
  className,
  disabled,
  type = 'button',
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut} side={side}>
      <button
        type={type}
        aria-label={label}
        aria-busy={isBusy || undefined}
        disabled={disabled || isBusy}
        className={cx(buttonLook({ variant, size }), SIZES[size ?? 'md'], 'px-0 [&>svg]:size-4', className)}
        {...rest}
      >
        {isBusy ? <Spinner className="size-3.5" /> : icon}
      </button>
    </Tooltip>
  );
}
