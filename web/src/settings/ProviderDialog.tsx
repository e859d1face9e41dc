import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeProvider, createProvider, providersQuery } from '@/api/queries/settings';
import type { ProviderKind, ProviderView } from '@/api/schema';
import { Button } from '@/ui/Button';
import { Checkbox } from '@/ui/Checkbox';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { Select } from '@/ui/Select';
import { InlineError } from '@/ui/states';
import { addressFor, PROVIDER_KINDS, providerKind } from './providerKinds';

/** Adds a provider, or changes one. The key is written and never read. */
export function ProviderDialog({ provider, onClose }: { provider: ProviderView | null; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(provider?.name ?? '');
  const [kind, setKind] = useState<ProviderKind>(providerKind(provider?.kind ?? '')?.value ?? 'openai');
  const [address, setAddress] = useState(provider?.base_url ?? addressFor('openai', ''));
  const [model, setModel] = useState(provider?.model ?? '');
  const [key, setKey] = useState('');
  const [isDefault, setIsDefault] = useState(provider?.is_default ?? true);
  const save = useMutation({
    mutationFn: async () => {
      const settings = {
        name: name.trim(),
        kind,
        base_url: address.trim(),
        model: model.trim(),
        is_default: isDefault,
        ...(key === '' ? {} : { api_key: key }),
      };
      return provider?.id ? changeProvider(provider.id, settings) : createProvider(settings);
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: providersQuery.queryKey });
      onClose();
    },
  });
  const isWhole = name.trim() !== '' && address.trim() !== '' && model.trim() !== '';
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={provider ? `Edit ${provider.name}` : 'Add a model provider'}
      description={providerKind(kind)?.about}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="provider" variant="primary" isBusy={save.isPending} disabled={!isWhole}>
            {provider ? 'Save' : 'Add'}
          </Button>
        </>
      }
    >
      <form
        id="provider"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isWhole) save.mutate();
        }}
      >
        <Field label="Name" hint="What people see beside an answer.">
          <TextInput value={name} maxLength={63} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Kind">
          <Select
            options={PROVIDER_KINDS}
            value={kind}
            onChange={(next) => {
              setKind(next);
              setAddress(addressFor(next, address));
            }}
          />
        </Field>
        <Field label="Address" hint="The one of a server of yours, or the usual one.">
          <TextInput
            type="url"
            inputMode="url"
            placeholder={providerKind(kind)?.address}
            value={address}
            onChange={(event) => setAddress(event.target.value)}
          />
        </Field>
        <Field label="Model">
          <TextInput
            value={model}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setModel(event.target.value)}
          />
        </Field>
        <Field
          label="Key"
          isOptional
          hint={
            provider ? 'Leave it empty to keep the one that is set.' : 'Sealed on this server and never shown again.'
          }
        >
          <TextInput type="password" autoComplete="off" value={key} onChange={(event) => setKey(event.target.value)} />
        </Field>
        <Checkbox label="Ask it first" isChecked={isDefault} onChange={setIsDefault} />
        <InlineError problem={save.error} />
      </form>
    </Dialog>
  );
}
