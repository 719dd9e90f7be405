import { IconButton } from '../parts/button.tsx'
import { MenuIcon } from '../parts/icons.tsx'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

/** The way to the groups where the window is too narrow to have them beside. */
export function OpenGroups() {
  const { groupsOpen } = useApp()
  return (
    <span className='open-groups'>
      <IconButton label={copy.frame.openGroups} onPress={() => groupsOpen.set(true)}>
        <MenuIcon />
      </IconButton>
    </span>
  )
}
