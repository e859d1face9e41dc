import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeProvider, createProvider, providersQuery } from '@/api/queries/settings';
import type { ProviderView } from '@/api/schema';
import { Button } from '@/ui/Button';
import { Checkbox } from '@/ui/Checkbox';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { InlineError } from '@/ui/states';

/** Adds a provider, or changes one. The key is written and never read. */
export function ProviderDialog({ provider, onClose }: { provider: ProviderView | null; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(provider?.name ?? '');
  const [address, setAddress] = useState(provider?.base_url ?? '');
  const [model, setModel] = useState(provider?.model ?? '');
  const [key, setKey] = useState('');
  const [isDefault, setIsDefault] = useState(provider?.is_default ?? true);
  const save = useMutation({
    mutationFn: async () => {
      const settings = {
        name: name.trim(),
        base_url: address.trim(),
        model: model.trim(),
        is_default: isDefault,
        ...(key === '' ? {} : { api_key: key }),
      };
      return provider?.id
        ? changeProvider(provider.id, settings)
        : createProvider({ dialect: 'openai_chat', ...settings });
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
      description="Any server that speaks OpenAI's Chat Completions: OpenAI, OpenRouter, vLLM, llama.cpp, LM Studio, Ollama."
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
        <Field label="Address" hint="Up to and with the version: https://api.openai.com/v1">
          <TextInput
            type="url"
            inputMode="url"
            placeholder="http://127.0.0.1:11434/v1"
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
