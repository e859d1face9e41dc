import { Bookmark, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { Menu } from '@/ui/Menu';
import { useStored } from '@/ui/stored';
import { type AuditFilter, isEmpty, written } from './filter';
import { filterOf, GIVEN_VIEWS, nameOf, readViews, withView } from './savedViews';

/** Filters kept under a name in this browser, and a few that everybody has. */
export function ViewsMenu({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const [stored, setStored] = useStored<unknown>('audit.views', []);
  const [name, setName] = useState<string | null>(null);
  const own = readViews(stored);
  const current = nameOf([...own, ...GIVEN_VIEWS], filter);
  const isOwn = own.some((view) => view.name === current);
  const save = () => {
    if (!name?.trim()) return;
    setStored(withView(own, name, filter));
    setName(null);
  };
  const item = (view: { name: string; text: string }) => ({
    label: view.name,
    isChecked: view.name === current,
    onSelect: () => onChange(filterOf(view)),
  });
  return (
    <>
      <Menu
        trigger={
          <Button size="sm" icon={<Bookmark />}>
            <span className={current ? 'max-w-32 truncate' : 'max-sm:sr-only'}>{current ?? 'Views'}</span>
          </Button>
        }
        items={[
          ...(own.length > 0 ? [{ heading: 'Yours' }, ...own.map(item), 'separator' as const] : []),
          { heading: 'For everybody' },
          ...GIVEN_VIEWS.map(item),
          'separator',
          {
            label: 'Save this view…',
            icon: <Bookmark />,
            isDisabled: isEmpty(filter),
            onSelect: () => setName(current ?? ''),
          },
          isOwn && {
            label: `Delete “${current}”`,
            icon: <Trash2 />,
            isDanger: true,
            onSelect: () => setStored(own.filter((view) => view.name !== current)),
          },
        ]}
      />
      <Dialog
        isOpen={name !== null}
        onClose={() => setName(null)}
        title="Save this view"
        description="It is kept in this browser."
        size="sm"
        footer={
          <>
            <Button onClick={() => setName(null)}>Cancel</Button>
            <Button variant="primary" disabled={!name?.trim()} onClick={save}>
              Save
            </Button>
          </>
        }
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <Field label="Name" hint={<code className="font-mono break-all">{written(filter)}</code>}>
            <TextInput value={name ?? ''} maxLength={60} onChange={(event) => setName(event.target.value)} />
          </Field>
        </form>
      </Dialog>
    </>
  );
}
