import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'
import { Button, IconButton } from './button.tsx'
import { CloseIcon, WarnIcon } from './icons.tsx'

/** The polite status regions: always there, so that what appears in them is read out. */
export function NoticeBar() {
  const { notices } = useApp()
  const notice = useLive(notices.current)
  return (
    <>
      <Heard />
      <div role='status' aria-live='polite' data-react-aria-top-layer='true'>
        {notice && (
          <div className='notice' key={notice.id}>
            {notice.tone === 'danger' && <WarnIcon />}
            <span>{notice.text}</span>
            {notice.action && (
              <Button kind='quiet' onPress={notice.action.run}>
                {notice.action.label}
              </Button>
            )}
            <IconButton label={copy.dialog.close} onPress={() => notices.dismiss()}>
              <CloseIcon />
            </IconButton>
          </div>
        )}
      </div>
    </>
  )
}

/** What only those are told who hear the page. */
function Heard() {
  const words = useLive(useApp().herald.words)
  return (
    <div className='hidden-text heard' role='status' data-react-aria-top-layer='true'>
      {words}
    </div>
  )
}
