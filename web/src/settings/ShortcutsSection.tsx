import { ShortcutEditor } from '@/shell/ShortcutEditor';
import { Section } from './Section';

export default function ShortcutsSection() {
  return (
    <Section title="Shortcuts" about="Kept in this browser. Single keys do nothing while you type.">
      <ShortcutEditor />
    </Section>
  );
}
