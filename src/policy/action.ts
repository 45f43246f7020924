/** The name of an action, ready for comparing: actions are the same in any case. */
export interface ActionName {
  /** `s3:getobject` */
  readonly folded: string;
  /** `s3` */
  readonly service: string;
}

// All statements around a request are asked about the same action: the last one is kept, so that it is folded once.
let lastText = '';
let last: ActionName = { folded: '', service: '' };

/** An action as policies compare it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
export function actionName(text: string): ActionName {
  if (text === lastText) return last;
  const folded = text.toLowerCase();
  last = { folded, service: folded.slice(0, folded.indexOf(':')) };
  lastText = text;
  return last;
}
