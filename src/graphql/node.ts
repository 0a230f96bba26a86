/** Global object identification, after Relay's specification: every object with an id of its own
    can be read again through `node(id)`. */
import { Field, ID, InterfaceType } from 'type-graphql';
import { Column } from '../reads/index.ts';

// Each schema says itself which of its types are nodes: the partner API and the staff API share this one.
@InterfaceType({ autoRegisterImplementations: false, description: 'Anything with an id of its own, to be read again by `node(id)`.' })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque, unique and stable; keep it as it is.' })
  @Column()
  id!: string;
}
