import { type ReactNode, useId, useRef, useState } from 'react';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { Field, TextInput } from './Field';

type ConfirmDialogProps = {
  isOpen: boolean;
  onClose: () => void;
  /** Asked as a question: "Delete target shop-db?" */
  title: ReactNode;
  /** What follows from it. */
  children?: ReactNode;
  /** The button's verb: "Delete". */
  confirm: string;
  tone?: 'primary' | 'danger';
  /** The person must type exactly this before the button works. */
  typeThis?: string;
  isBusy?: boolean;
  onConfirm: () => void;
};

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, onClose, title, children, confirm, tone = 'danger', typeThis, isBusy, onConfirm } = props;
  const [typed, setTyped] = useState('');
  const cancel = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const form = useId();
  const close = () => {
    setTyped('');
    onClose();
  };
  const isReady = typeThis === undefined || typed === typeThis;
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={title}
      size="sm"
      initialFocus={typeThis === undefined ? cancel : input}
      footer={
        <>
          <Button ref={cancel} onClick={close}>
            Cancel
          </Button>
          <Button type="submit" form={form} variant={tone} disabled={!isReady} isBusy={isBusy}>
            {confirm}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-3 text-sm text-ink-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady) return;
          setTyped('');
          onConfirm();
        }}
      >
        {children}
        {typeThis !== undefined && (
          <Field
            label={
              <>
                Type <code className="font-mono text-ink">{typeThis}</code> to go on
              </>
            }
          >
            <TextInput
              ref={input}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete="off"
            />
          </Field>
        )}
      </form>
    </Dialog>
  );
}
