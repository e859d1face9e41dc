import { Button } from '@/ui/Button';
import { CopyButton } from '@/ui/CopyButton';
import { Dialog } from '@/ui/Dialog';

type ShownOnceProps = {
  title: string;
  /** A noun: "token". */
  what: string;
  value: string;
  /** After the first sentence. */
  hint?: string;
  onClose: () => void;
};

/** A secret that the server does not keep in clear: this is the only time that it can be read. */
export function ShownOnce({ title, what, value, hint, onClose }: ShownOnceProps) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      description={`Copy this ${what} now: it is shown only this once.${hint ? ` ${hint}` : ''}`}
      footer={
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="flex items-center gap-2 rounded-md border bg-sunken px-3 py-2">
        <code className="min-w-0 flex-1 font-mono text-xs break-all select-all">{value}</code>
        <CopyButton text={value} label={`Copy the ${what}`} />
      </div>
    </Dialog>
  );
}
