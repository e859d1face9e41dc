import { Checkbox } from '@/ui/Checkbox';
import { Field, TextArea, TextInput } from '@/ui/Field';
import { Select } from '@/ui/Select';
import type { FormField, FormValue, FormValues } from './fields';
import { InWords } from './InWords';

type SchemaFormProps = {
  fields: FormField[];
  values: FormValues;
  onChange: (values: FormValues) => void;
  errors: Record<string, string>;
  /** Secrets that are set already: they stay unless something is typed. */
  secretsSet?: string[];
};

/** One control for each field. Nothing is sent by it. */
export function SchemaForm({ fields, values, onChange, errors, secretsSet = [] }: SchemaFormProps) {
  return fields.map((field) => (
    <Control
      key={field.name}
      field={field}
      value={values[field.name] ?? field.first}
      error={errors[field.name]}
      isSet={secretsSet.includes(field.name)}
      onChange={(value) => onChange({ ...values, [field.name]: value })}
    />
  ));
}

type ControlProps = {
  field: FormField;
  value: FormValue;
  error: string | undefined;
  isSet: boolean;
  onChange: (value: FormValue) => void;
};

function Control({ field, value, error, isSet, onChange }: ControlProps) {
  const text = typeof value === 'string' ? value : '';
  if (field.kind === 'switch') {
    return (
      <Checkbox
        label={field.title}
        hint={field.description && <InWords text={field.description} />}
        isChecked={value === true}
        onChange={onChange}
      />
    );
  }
  const hint = (
    <>
      {field.description && <InWords text={field.description} />}
      {field.kind === 'list' && ' One a line.'}
      {field.kind === 'secret' &&
        (isSet ? ' One is set; leave this empty to keep it.' : ' Sealed here and never shown again.')}
    </>
  );
  return (
    <Field label={field.title} error={error} hint={hint} isOptional={!field.isRequired && field.kind !== 'choice'}>
      <Input field={field} text={text} isSet={isSet} onChange={onChange} />
    </Field>
  );
}

type InputProps = { field: FormField; text: string; isSet: boolean; onChange: (value: string) => void };

function Input({ field, text, isSet, onChange }: InputProps) {
  switch (field.kind) {
    case 'choice':
      return <Select label={field.title} options={field.choices} value={text || null} onChange={onChange} />;
    case 'secret':
      return (
        <TextInput
          type="password"
          autoComplete="new-password"
          placeholder={isSet ? '••••••••' : undefined}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'number':
      return (
        <TextInput
          inputMode={field.isWhole ? 'numeric' : 'decimal'}
          className="num max-w-40"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'long':
    case 'list':
    case 'json':
      return (
        <TextArea
          rows={field.kind === 'long' ? 4 : 3}
          spellCheck={false}
          className="font-mono text-xs"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'text':
    case 'switch':
      return (
        <TextInput
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}
