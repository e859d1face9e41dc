import { Dialog } from '@/ui/Dialog';
import { ShortcutEditor } from './ShortcutEditor';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Keyboard shortcuts"
      description="Click a key to change it. Changes stay in this browser."
      size="md"
    >
      <ShortcutEditor />
    </Dialog>
  );
}
