/** Work of consent's that needs the house's keys, or its mail server. */
import type { Job } from '../platform/jobs.ts';
import { openPost } from '../platform/mail.ts';
import type { Services } from '../room.ts';
import type { ConsentHouse } from './grants.service.ts';
import { mailerJob } from './mail/mailer.ts';
import { sealerJob } from './proof/sealer.ts';

/** @param mail the operator's mail server; null where none is set */
export const houseJobs = (services: Services, house: ConsentHouse, mail: { readonly url: string; readonly from: string } | null): Job[] => [
  sealerJob({ ...services, keys: house.keys, publicUrl: house.publicUrl }),
  ...(mail ? [mailerJob({ ...services, house, post: openPost(mail) })] : []),
];
