import { plural } from './format.ts'

/** What the interface says about whether this device may go offline. */
export const safetyWords = {
  safety: {
    title: 'Can this device go offline?',
    label: (words: string) => `${words}. Details`,
    short: {
      safe: 'Safe to go offline',
      wait: (files: number) => `${plural(files, 'file needs', 'files need')} copies`,
      shown: (files: number) => `Checking copies of ${plural(files, 'file', 'files')}…`,
      sharing: (who: string, files: number) =>
        `Waiting for ${who} to copy ${plural(files, 'file', 'files')}…`,
      others: (count: number) => plural(count, 'member', 'members'),
      'only-here': (files: number) => `${plural(files, 'file', 'files')} only here`
    },
    nothing: 'Nothing to keep safe',
    words: {
      safe: (files: number, size: string) =>
        `Yes. Members who are online now have ${
          files === 1 ? 'a copy of the file' : `copies of all ${plural(files, 'file', 'files')}`
        } here (${size}). That was checked.`,
      none: 'Yes. There are no files of this group on this device.',
      wait: (files: number, size: string, needed: number) =>
        needed === 1
          ? `Better wait. ${plural(files, 'file is', 'files are')} with nobody else who is online now (${size}).`
          : `Better wait. Of ${plural(files, 'file', 'files')} (${size}), fewer than ${needed} others who are online have a copy.`,
      shown: (files: number, size: string) =>
        `Wait a moment. Others have just got ${plural(files, 'file', 'files')} (${size}), and are being checked.`,
      'only-here': (files: number, size: string) =>
        `No. ${plural(files, 'file is', 'files are')} on this device only, as far as is known (${size}). If it is lost, so ${files === 1 ? 'is the file' : 'are they'}.`
    },
    /** @param besides whether they are others than those that were told of */
    away: (files: number, besides: boolean) =>
      `${besides ? 'Besides' : 'Of these'}, ${plural(files, 'file is', 'files are')} with members who are away now.`,
    alone: 'You are the only member. Invite someone, and their device keeps a copy.',
    sharing:
      'Members who are online copy files by themselves, unless they keep only what they open. Stay online until they have.',
    ask: 'Hypertuna keeps checking that members who should have a file still have it.',
    helpers: 'Who could help',
    helper: (online: boolean, files: number) =>
      `${online ? 'online' : 'away'}${files > 0 ? `, has ${plural(files, 'file', 'files')}` : ''}`,
    noHelpers: 'No other member is known to have any of these files.',
    copiesLabel: 'Copies wanted of each file',
    copiesHint: {
      admin: 'For the whole group: as an admin you decide.',
      member: 'For this device, unless an admin decides for the group.'
    },
    copiesSaved: (copies: number) => `${plural(copies, 'copy', 'copies')} of each file wanted.`,
    keepLabel: 'Files of this group on this device',
    keep: {
      all: 'All of them',
      allHint: 'Everything is fetched and is here also when nobody is online.',
      'on-demand': 'Those I ask for',
      'on-demandHint': 'Saves room. Others are fetched when you open or pin them.'
    },
    keepSaved: {
      all: 'All files are fetched.',
      'on-demand': 'Files come when you ask for them.'
    },
    keptHere: (size: string) => `They take ${size} here now.`,
    save: 'Save'
  }
} as const
