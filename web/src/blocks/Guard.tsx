import { Component, type ReactNode } from 'react';

type GuardProps = { fallback: ReactNode; children: ReactNode };

/** Something that cannot be drawn takes its own place only, and shows what it can instead. */
export class Guard extends Component<GuardProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? this.props.fallback : this.props.children;
  }
}
