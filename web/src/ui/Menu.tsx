import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx';
import { Kbd } from './Kbd';
import { itemLook, popupLook } from './popup';

export type MenuItem =
  | {
      label: ReactNode;
      onSelect: () => void;
      icon?: ReactNode;
      shortcut?: string | undefined;
      isDanger?: boolean;
      isDisabled?: boolean;
      /** Drawn with a check mark when set. */
      isChecked?: boolean;
    }
  | 'separator'
  | { heading: string };

type MenuProps = {
  /** The button that opens it, such as an IconButton. */
  trigger: ReactElement<Record<string, unknown>>;
  items: (MenuItem | false | null | undefined)[];
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'bottom' | 'left' | 'right';
};

export function Menu({ trigger, items, align = 'end', side = 'bottom' }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={4} className="z-50">
          <Base.Popup className={cx(popupLook, 'min-w-44')}>
            {items.map((item, index) => {
              if (!item) return null;
              if (item === 'separator') return <Base.Separator key={index} className="mx-1 my-1 h-px bg-line" />;
              if ('heading' in item) {
                return (
                  <div key={index} className="px-2 pt-2 pb-1 text-xs font-medium text-ink-3">
                    {item.heading}
                  </div>
                );
              }
              return (
                <Base.Item
                  key={index}
                  disabled={item.isDisabled}
                  onClick={item.onSelect}
                  className={cx(itemLook, item.isDanger && 'text-danger-text [&>svg]:text-danger-text')}
                >
                  {item.icon}
                  <span className="flex-1">{item.label}</span>
                  {item.isChecked && <span aria-hidden="true">✓</span>}
                  {item.isChecked !== undefined && <span className="sr-only">{item.isChecked ? ' (chosen)' : ''}</span>}
                  {item.shortcut && <Kbd keys={item.shortcut} />}
                </Base.Item>
              );
            })}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
