import { useApprovalNotifications } from '@/shell/notifications';
import { type Theme, useTheme } from '@/shell/theme';
import { cx } from '@/ui/cx';
import { Switch } from '@/ui/Switch';
import { Section } from './Section';

const THEMES: { value: Theme; title: string; hint: string }[] = [
  { value: 'system', title: 'As the system', hint: 'Follows this device' },
  { value: 'light', title: 'Light', hint: 'Always light' },
  { value: 'dark', title: 'Dark', hint: 'Always dark' },
];

export default function AppearanceSection() {
  return (
    <>
      <ThemeChoice />
      <Notifications />
    </>
  );
}

function Notifications() {
  const { isPossible, isRefused, isOn, turnOn, turnOff } = useApprovalNotifications();
  const hint = !isPossible
    ? 'This browser offers none here: it needs HTTPS or this very machine.'
    : isRefused
      ? 'You refused notifications from this address; allow them in the settings of the browser.'
      : 'Told by the system while this page is hidden.';
  return (
    <Section title="Notifications" about="Kept in this browser.">
      <Switch
        label="Tell me when an approval waits"
        hint={hint}
        isOn={isOn}
        isDisabled={!isPossible || isRefused}
        onChange={(isWanted) => (isWanted ? void turnOn() : turnOff())}
      />
    </Section>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  return (
    <Section title="Theme" about="Kept in this browser.">
      <fieldset className="grid grid-cols-3 gap-3 max-sm:grid-cols-1">
        <legend className="sr-only">Theme</legend>
        {THEMES.map(({ value, title, hint }) => (
          <label
            key={value}
            className={cx(
              'flex cursor-pointer flex-col rounded-lg border p-3 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent-text',
              theme === value && 'border-accent-text bg-accent-soft hover:bg-accent-soft',
            )}
          >
            <span className="flex items-center gap-2 text-sm font-medium">
              <input
                type="radio"
                name="theme"
                className="accent-(--accent)"
                checked={theme === value}
                onChange={() => setTheme(value)}
              />
              {title}
            </span>
            <span className="pl-5 text-xs text-ink-2">{hint}</span>
          </label>
        ))}
      </fieldset>
    </Section>
  );
}
