/** What a tab can follow. Two places that follow the same topic share one subscription. */
export type Topic =
  | { type: 'chat:join'; session_id: string }
  | { type: 'approval:subscribe' }
  | { type: 'run:subscribe'; run_id?: string }
  | { type: 'plugin:subscribe' }
  | { type: 'audit:subscribe' }
  | { type: 'alert:subscribe' }
  | { type: 'workspace:subscribe' };

/** A broadcast of the server. `seq` is the event's position in the log; hints have none. */
export type LiveMessage = { type: string; seq?: number } & Record<string, unknown>;

export const topicKey = (topic: Topic): string => JSON.stringify(topic, Object.keys(topic).sort());

/** The frame that ends a subscription. */
export function leaveFrame(topic: Topic): Record<string, unknown> {
  const { type, ...rest } = topic;
  return { ...rest, type: type === 'chat:join' ? 'chat:leave' : type.replace(':subscribe', ':unsubscribe') };
}

/** Whether a broadcast belongs to a topic. */
export function belongs(message: LiveMessage, topic: Topic): boolean {
  switch (topic.type) {
    case 'chat:join':
      return message.type.startsWith('chat:') && message.session_id === topic.session_id;
    case 'run:subscribe':
      return message.type.startsWith('run:') && (topic.run_id === undefined || message.run_id === topic.run_id);
    case 'approval:subscribe':
    case 'plugin:subscribe':
    case 'audit:subscribe':
    case 'alert:subscribe':
    case 'workspace:subscribe':
      return message.type.startsWith(topic.type.replace('subscribe', ''));
  }
}
