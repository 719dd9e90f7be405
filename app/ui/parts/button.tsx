import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet' | 'link'
  children: ReactNode
}

export function Button({ kind = 'plain', children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={`button ${kind}`}>
      {children}
    </AriaButton>
  )
}

interface IconButtonProps extends Omit<ButtonProps, 'aria-label'> {
  /** Read out, and shown on hover unless `hint` says it shorter */
  label: string
  hint?: string
}

/** A square button whose label is a tooltip ({@link Hints}). */
export function IconButton({
  label,
  hint = label,
  kind = 'quiet',
  children,
  ...props
}: IconButtonProps) {
  return (
    <AriaButton
      {...props}
      {...{ 'data-hint': hint }}
      aria-label={label}
      className={`button icon ${kind}`}
    >
      {children}
    </AriaButton>
  )
}
