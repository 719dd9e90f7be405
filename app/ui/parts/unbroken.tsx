import { Component, type ReactNode } from 'react'

interface UnbrokenProps {
  children: ReactNode
  /** What is shown when a part of the page could not be drawn */
  otherwise: ReactNode
}

/** Without it, a fault in one part would leave an empty window. */
export class Unbroken extends Component<UnbrokenProps, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override componentDidCatch(error: unknown) {
    console.error('A part of the page could not be drawn', error)
  }

  override render() {
    return this.state.broken ? this.props.otherwise : this.props.children
  }
}
